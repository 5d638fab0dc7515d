//! The resource of the guide: the tasks of a user.

use grantflow::server::Access;
use grantflow::wire::http::Response;

/// What the guide shows, to the letter; every user has this one task.
const TASKS: &str = r#"[
  {
    "id": "task-123",
    "title": "Review API documentation",
    "description": "Update the authorization code flow docs",
    "status": "todo",
    "project_id": "proj-456",
    "created_at": "2024-01-15T10:00:00Z",
    "updated_at": "2024-01-15T10:00:00Z"
  }
]
"#;

/// The tasks of the bearer's user.
pub(crate) fn of(access: Access) -> Response {
    let mut headers = access.headers;
    headers.push("content-type", "application/json");
    Response { status: 200, headers, body: TASKS.into() }
}
