/** The journeys in WebKit. */

import { start } from './drivers/webkit.mjs';
import { run } from './journeys.mjs';

run('WebKit', start);
