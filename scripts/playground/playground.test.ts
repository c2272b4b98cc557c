import { afterAll, beforeAll } from 'vitest';
import { firstVisit } from './with-model/first-visit.ts';
import { inside } from './with-model/inside.ts';
import { live, lostGpu } from './with-model/interruptions.ts';
import { modelChoice } from './with-model/model-choice.ts';
import { searches } from './with-model/searches.ts';
import { closeSession, openSession } from './with-model/session.ts';
import { teaching } from './with-model/teaching.ts';
import { withoutRun } from './with-model/without-run.ts';

// One visit to one page: each part goes on where the one before ended.

beforeAll(openSession);
afterAll(closeSession);

firstVisit();
withoutRun();
searches();
inside();
modelChoice();
teaching();
lostGpu();
live();
