import { bundled } from './bundled.ts';
import { type DataSet } from './data-set.ts';
import { generated } from './generated.ts';
import { simulated } from './simulated.ts';

export const sets: Record<string, DataSet> = { ...bundled, ...simulated, ...generated };
