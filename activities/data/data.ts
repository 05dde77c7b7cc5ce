import { withFailures } from '../steps/failures.ts';
import { createExtractionSteps, type ExtractionPorts } from './extraction.ts';
import { createSnapshotSteps, type SnapshotPorts } from './snapshots.ts';

export type DataPorts = ExtractionPorts & SnapshotPorts;

/** The steps of the data loop. */
export const createDataActivities = (ports: DataPorts) =>
  withFailures({ ...createExtractionSteps(ports), ...createSnapshotSteps(ports) });

export type DataActivities = ReturnType<typeof createDataActivities>;
