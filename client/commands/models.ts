import { versionName } from '../../core/base/ids.ts';
import { command } from '../command.ts';
import { columns, figure, ofNumbers, time } from '../words.ts';

export const modelsCommand = command({
  name: 'models',
  arguments: '<pipeline>',
  summary: 'List model versions, the newest first',
  example: 'models fraud',
  options: [],
  async run([pipeline = ''], _options, { operations, result }) {
    const versions = await operations.models.list(pipeline);
    const numbers = versions.some(({ evaluation }) => ofNumbers(evaluation.challenger));
    const measures = numbers ? ['RMSE', 'R squared'] : ['average precision', 'ROC AUC'];
    const head = ['version', 'stage', 'candidate', 'as of', ...measures, 'gate'];
    const rows = versions.map((v) => {
      const { averagePrecision, rocAuc, rmse, r2 } = v.evaluation.challenger;
      const figures = numbers ? [figure(rmse), figure(r2)] : [figure(averagePrecision), figure(rocAuc)];
      return [versionName(v.version), v.stage, v.candidate, time(v.asOf), ...figures, v.gate.outcome];
    });
    const none = `${pipeline} has no version yet. Train one with: perennial run training ${pipeline}`;
    result(versions, rows.length > 0 ? columns([head, ...rows]) : none);
  },
});
