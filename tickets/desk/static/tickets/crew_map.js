// Where the job is: the ticket page's map, for looking only.

import { map } from "./page/map.js";

map(document);
