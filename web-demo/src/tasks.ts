/** Taskmaster's API: the first task is the guide's. */

export interface Task {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly status: 'todo' | 'in_progress' | 'done';
  readonly project_id: string;
  readonly created_at: string;
  readonly updated_at: string;
}

const task = (number: number, title: string, description: string, status: Task['status'], at: string): Task => ({
  id: `task-${number}`, title, description, status, project_id: 'proj-456', created_at: at, updated_at: at,
});

export const TASKS: readonly Task[] = [
  task(123, 'Review API documentation', 'Update the authorization code flow docs', 'todo', '2024-01-15T10:00:00Z'),
  task(124, 'Read the wire', 'Open a message beside this window and see what it says', 'in_progress', '2024-01-16T09:30:00Z'),
  task(125, 'Turn the clock', 'Go one hour ahead, then load the tasks again', 'todo', '2024-01-16T11:00:00Z'),
  task(126, 'Sign in without a password in the app', 'The app never saw it; only the server did', 'done', '2024-01-17T14:20:00Z'),
];
