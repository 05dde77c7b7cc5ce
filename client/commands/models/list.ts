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
  async run([pipeline = ''], _options, { operations, result, note }) {
    const versions = await operations.models.list(pipeline);
    const all = metricNamesOf(versions[0] ? labelKindOf(versions[0].evaluation.challenger) : 'binary');
    const judged = versions.find(({ evaluation }) => evaluation.difference)?.evaluation.difference!.metric;
    // The one that gates judge by comes first, beside the champion's of then: each holdout has rows of its own.
    const [first, ...others] = judged ? [judged, ...all.filter((name) => name !== judged)] : all;
    const champions = judged ? ['the champion'] : [];
    const head = ['version', 'stage', 'candidate', 'as of', metricKinds[first!].short, ...champions, ...others.map((name) => metricKinds[name].short), 'gate']; // prettier-ignore
    const called = versions.some(({ aliases, tags }) => aliases ?? tags);
    const rows = versions.map((v) => {
      const { challenger, champion } = v.evaluation;
      const beside = judged ? [figure(champion?.[judged])] : [];
      const figures = [figure(challenger[first!]), ...beside, ...others.map((name) => figure(challenger[name]))];
      const names = called ? [[...(v.aliases ?? []), ...(v.tags ? [tagsInWords(v.tags)] : [])].join(', ')] : [];
      return [versionName(v.version), v.stage, v.candidate, time(v.asOf), ...figures, v.gate.outcome, ...names];
    });
    const none = `${pipeline} has no version yet. Train one: perennial run ${pipeline} training`;
    result(versions, rows.length > 0 ? columns([called ? [...head, 'called'] : head, ...rows]) : none);
    if (judged && versions.length > 1)
      note(
        `Each version was judged on a holdout of its own, beside the champion of then. On the same rows: perennial models compare ${pipeline} VERSION VERSION`,
      );
  },
});
