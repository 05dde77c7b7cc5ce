import { backfill } from './backfill.ts';
import { list } from './list.ts';
import { pause } from './pause.ts';
import { resume } from './resume.ts';

export const schedules = { list, pause, resume, backfill };
