/** Taskmaster's tasks, whichever library signed in. */

import type { VNode } from 'preact';

import { doing, done, todo } from './icons.tsx';
import type { Task } from './tasks.ts';

const MARKS: Record<Task['status'], readonly [icon: () => VNode, word: string]> = { todo: [todo, 'To do'], in_progress: [doing, 'In progress'], done: [done, 'Done'] };

const Item = ({ task }: { task: Task }): VNode => {
  const [icon, word] = MARKS[task.status];
  return (
    <li class="task" data-status={task.status}>
      <span class="tick">{icon()}</span>
      <h3>{task.title}</h3>
      <span class="chip">{word}</span>
      <p>{task.description}</p>
    </li>
  );
};

export const TaskList = ({ tasks }: { tasks: readonly Task[] }): VNode => <ul class="tasks" role="list" id="tasks">{tasks.map((task) => <Item key={task.id} task={task} />)}</ul>;
