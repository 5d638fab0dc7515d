/** The journeys in Chromium. */

import { start } from './drivers/chromium.mjs';
import { run } from './journeys.mjs';

run('Chromium', start);
