import { acknowledge } from './acknowledge.ts';
import { list } from './list.ts';
import { resolve } from './resolve.ts';
import { show } from './show.ts';
import { silence } from './silence.ts';
import { test } from './test.ts';
import { unsilence } from './unsilence.ts';

export const alerts = { list, show, acknowledge, resolve, silence, unsilence, test };
