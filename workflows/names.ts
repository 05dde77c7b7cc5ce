import { installationOf, type Names, namesOf } from '../core/base/names.ts';
import { workflowInfo } from '@temporalio/workflow';

/** The names of the installation whose run this is: its queue tells, since a workflow reads no settings. */
export const namesHere = (): Names => namesOf(installationOf(workflowInfo().taskQueue));
