import { afterAll, beforeAll } from 'vitest';
import { access } from './without-gpu/access.ts';
import { address } from './without-gpu/address.ts';
import { hostileTexts } from './without-gpu/hostile-texts.ts';
import { pictures } from './without-gpu/pictures.ts';
import { closeSession, openSession } from './without-gpu/session.ts';

// One browser for all pages without WebGPU.

beforeAll(openSession);
afterAll(closeSession);

address();
pictures();
hostileTexts();
access();
