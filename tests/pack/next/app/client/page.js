import { Tasks } from './tasks.js'

export default function Page() {
  return <><h1>App</h1><Tasks /></>
}
