import { acknowledge } from './acknowledge.ts';
import { list } from './list.ts';
import { resolve } from './resolve.ts';
import { silence } from './silence.ts';

export const alerts = { list, acknowledge, resolve, silence };
