/** The demo in WebKit. */

import { run } from './demo.mjs';
import { start } from './drivers/webkit.mjs';

run('WebKit', start);
