import { installationOf, type Names, namesOf } from '../../core/base/names.ts';
import { workflowInfo } from '@temporalio/workflow';

/** The names of this run's installation, by its queue, since a workflow reads no settings. */
export const namesHere = (): Names => namesOf(installationOf(workflowInfo().taskQueue));
