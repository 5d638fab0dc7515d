/** The first import of an app's page. */

import { tellFrame } from './kept.ts';

tellFrame();
