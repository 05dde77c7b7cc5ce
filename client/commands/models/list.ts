import { versionName } from '../../../core/base/ids.ts';
import { metricKinds, metricNamesOf } from '../../../core/metrics/index.ts';
import { labelKindOf } from '../../../core/metrics/metrics.ts';
import { tagsInWords } from '../../../core/training/versions/version-names.ts';
import { command } from '../../command.ts';
import { columns, figure, time } from '../../words.ts';

export const list = command({
  arguments: '<pipeline>',
  summary: 'List model versions, newest first',
  example: 'fraud',
  options: [],
  async run([pipeline = ''], _options, { operations, result }) {
    const versions = await operations.models.list(pipeline);
    const metrics = metricNamesOf(versions[0] ? labelKindOf(versions[0].evaluation.challenger) : 'binary');
    const head = ['version', 'stage', 'candidate', 'as of', ...metrics.map((name) => metricKinds[name].short), 'gate'];
    const called = versions.some(({ aliases, tags }) => aliases ?? tags);
    const rows = versions.map((v) => {
      const figures = metrics.map((name) => figure(v.evaluation.challenger[name]));
      const names = called ? [[...(v.aliases ?? []), ...(v.tags ? [tagsInWords(v.tags)] : [])].join(', ')] : [];
      return [versionName(v.version), v.stage, v.candidate, time(v.asOf), ...figures, v.gate.outcome, ...names];
    });
    const none = `${pipeline} has no version yet. Train one: perennial run ${pipeline} training`;
    result(versions, rows.length > 0 ? columns([called ? [...head, 'called'] : head, ...rows]) : none);
  },
});
