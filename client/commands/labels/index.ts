import { importLabels } from './import.ts';

export const labels = { import: importLabels };
