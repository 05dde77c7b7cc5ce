import type { Audit } from '../core/runs/audit.ts';
import type { AlertTestPorts } from './alert-tests.ts';
import type { AlertPorts } from './alerts.ts';
import type { ApplyPorts } from './apply.ts';
import type { ApprovalPorts } from './approvals.ts';
import type { AutomationPorts } from './automations.ts';
import type { BatchPorts } from './batches.ts';
import type { CarePorts } from './care.ts';
import type { ComparisonPorts } from './comparisons.ts';
import type { ExperimentPorts } from './experiments.ts';
import type { ExplainPorts } from './explain.ts';
import type { KeyPorts } from './keys.ts';
import type { ModelBringingPorts } from './model-bringing.ts';
import type { ModelExportPorts } from './model-exports.ts';
import type { ModelPorts } from './models.ts';
import type { OverviewPorts } from './overview.ts';
import type { ReportPorts } from './reports.ts';
import type { RetrainPorts } from './retrain.ts';
import type { RolloutPorts } from './rollouts.ts';
import type { RunPorts } from './run.ts';
import type { RunsPorts } from './runs.ts';
import type { SchedulePorts } from './schedules.ts';
import type { SnapshotPorts } from './snapshots.ts';
import type { StatusPorts } from './status.ts';
import type { TrialPorts } from './trials.ts';
import type { VersionNamePorts } from './version-names.ts';
import type { WhatIfPorts } from './what-if.ts';

/** What all operations lean on; the CLI and the server make the adapters. */
export type OperationPorts = AlertPorts &
  AlertTestPorts &
  ApplyPorts &
  ApprovalPorts &
  AutomationPorts &
  BatchPorts &
  CarePorts &
  ComparisonPorts &
  ExperimentPorts &
  ExplainPorts &
  KeyPorts &
  ModelBringingPorts &
  ModelExportPorts &
  ModelPorts &
  OverviewPorts &
  ReportPorts &
  RetrainPorts &
  RolloutPorts &
  RunPorts &
  RunsPorts &
  SchedulePorts &
  SnapshotPorts &
  StatusPorts &
  TrialPorts &
  VersionNamePorts &
  WhatIfPorts & { audit: Audit };
