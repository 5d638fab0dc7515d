/** The journeys in Firefox. */

import { start } from './drivers/firefox.mjs';
import { run } from './journeys.mjs';

run('Firefox', start);
