/** The demo in Firefox. */

import { run } from './demo.mjs';
import { start } from './drivers/firefox.mjs';

run('Firefox', start);
