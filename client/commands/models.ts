import { versionName } from '../../core/ids.ts';
import { command } from '../command.ts';
import { columns, figure, time } from '../words.ts';

export const modelsCommand = command({
  name: 'models',
  arguments: '<pipeline>',
  summary: 'List model versions, the newest first',
  example: 'models fraud',
  options: [],
  async run([pipeline = ''], _options, { operations, result }) {
    const versions = await operations.models.list(pipeline);
    const head = ['version', 'stage', 'candidate', 'as of', 'average precision', 'ROC AUC', 'gate'];
    const rows = versions.map((v) => [
      versionName(v.version),
      v.stage,
      v.candidate,
      time(v.asOf),
      figure(v.evaluation.challenger.averagePrecision),
      figure(v.evaluation.challenger.rocAuc),
      v.gate.outcome,
    ]);
    const none = `${pipeline} has no version yet. Train one with: perennial run training ${pipeline}`;
    result(versions, rows.length > 0 ? columns([head, ...rows]) : none);
  },
});
