import { care } from './care.ts';
import { doctor } from './doctor.ts';

export const installation = { doctor, care };
