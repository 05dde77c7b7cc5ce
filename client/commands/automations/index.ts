import { test } from './test.ts';

export const automations = { test };
