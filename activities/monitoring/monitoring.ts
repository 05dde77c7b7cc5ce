import { featuresOf } from '../../core/columns/index.ts';
import { unreadOf } from '../../core/columns/unread.ts';
import { SCORE } from '../../core/data/profiles/binning.ts';
import { CLOCKS_DIFFER_MS, refuseAhead } from '../../core/time/clock.ts';
import { type Alerts } from '../../core/alerts/alerts.ts';
import { toldBeside } from '../../core/alerts/rules/load-alerts.ts';
import { judge } from '../../core/drift/compare.ts';
import { staleSince } from '../../core/data/freshness.ts';
import { newestRows } from '../../core/data/predictions/batches.ts';
import { isSameDrift } from '../../core/drift/reference/choose.ts';
import { hoursOfDay } from '../../core/drift/reference/parts.ts';
import { levelOf } from '../../core/drift/alarm/level.ts';
import { rateOf } from '../../core/drift/judging.ts';
import { unwatchedBy } from '../../core/drift/unwatched.ts';
import { farthestBefore, withWarned } from '../../core/drift/warned.ts';
import { columnTitle } from '../../core/drift/alarm/words.ts';
import { raisedOrDrifted, warnedColumns, type Verdict } from '../../core/drift/verdict.ts';
import { contentId } from '../../core/base/ids.ts';
import { type Pipeline, type PipelineRef } from '../../core/declaration/pipeline.ts';
import { type Partition, type Snapshot } from '../../core/data/data.ts';
import { type Snapshots } from '../../core/data/snapshots.ts';
import { type ObjectStore } from '../../core/data/objects/objects.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type ModelVersions } from '../../core/training/versions/model-versions.ts';
import { type TrafficTable } from '../../core/rollout/traffic.ts';
import { type RetrainingLedger } from '../../core/training/retraining/retraining-ledger.ts';
import { type RetrainingLoop } from '../../core/training/retraining/retraining-loop.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { type Threads } from '../../core/base/threads.ts';
import { type Verdicts } from '../../core/drift/verdicts.ts';
import { redactorOf } from '../../core/declaration/redaction/redaction.ts';
import { withheldBy } from '../../core/performance/unreliable.ts';
import { before, floorTo, type Instant } from '../../core/time/time.ts';
import { type Told, tellOfDrift, tellOfPerformance, tellOfTroubles } from '../alerts/alerting.ts';
import { compute } from '../steps/compute.ts';
import { withFailures } from '../steps/failures.ts';
import { unlessCancelled } from '../steps/heartbeats.ts';
import { putReport } from '../steps/put-report.ts';
import { type AlarmPorts, raiseAlarm } from './alarm.ts';
import { type Compared, countHours, explainVerdict, type ExplainingPorts, groupingFor } from './explaining.ts';
import { type ChoicePorts, chooseReference } from './reference.ts';
import { estimateServed } from './estimating/estimate.ts';
import { estimateDays, readDays } from './estimating/estimated-days.ts';
import { estimateSlices } from './estimating/estimated-slices.ts';
import { type SlicePorts } from './estimating/sliced-rows.ts';
import { type PerformancePorts } from './performance/counted-days.ts';
import { livePerformance } from './performance/performance.ts';
import { requestOf, type RequestPorts, trainingAfter, whatComes } from './requests.ts';
import { compareSkew, type SkewPorts } from './skew.ts';
import { compareVolume, type VolumePorts } from './volume.ts';
import { type Counted, countRows, countServed, type WindowPorts, windowsOf } from './window.ts';

export type MonitoringPorts = ChoicePorts &
  WindowPorts &
  ExplainingPorts &
  AlarmPorts &
  VolumePorts &
  SkewPorts &
  SlicePorts &
  PerformancePorts & {
    pipelines: Pick<Pipelines, 'declaration' | 'loggedShares'>;
    snapshots: Pick<Snapshots, 'published' | 'latest' | 'get' | 'tagged'>;
    modelVersions: Pick<ModelVersions, 'get'>;
    traffic: Pick<TrafficTable, 'at'>;
    ledger: RequestPorts['ledger'] & Pick<RetrainingLedger, 'recordRequest'>;
    loop: Pick<RetrainingLoop, 'ask'>;
    verdicts: Verdicts;
    alerts: Told['alerts'] & Pick<Alerts, 'list'>;
    store: Pick<ObjectStore, 'put'>;
    sharedClock: SharedClock;
    threads: Threads;
  };

const REMEMBERED_ALERTS = 200;

export const createMonitoringActivities = (ports: MonitoringPorts) => {
  const { pipelines, snapshots, modelVersions, ledger, loop, verdicts, alerts, store, sharedClock, threads } = ports;

  /** Reference and window of a check, now or as an earlier verdict saw them; null while no version serves. */
  async function profilesFor(
    ref: PipelineRef,
    pipeline: Pipeline,
    asOf: Instant,
    { previous, earlier }: { previous: Verdict | null; earlier?: Verdict },
  ) {
    // The version that served when the window ended: that one would need a successor.
    const served = await ports.traffic.at(pipeline.name, asOf);
    const champion = earlier?.version ?? served?.champion;
    if (champion === undefined) return null;
    const version = await modelVersions.get(pipeline.name, champion);
    const trained = await pipelines.declaration({ name: pipeline.name, revision: version.revision });
    const columns = featuresOf(trained.columns);
    const names = Object.keys(columns);

    const ofData = pipeline.drift.of === 'data';
    const snapshot: Snapshot | null = ofData ? await snapshots.published(ref, asOf) : null;
    if (ofData && !snapshot) return 'stale';
    let window: Partition = ofData
      ? newestRows(pipeline, asOf, pipeline.drift.window)
      : { from: floorTo(before(asOf, pipeline.drift.window), '1 hour'), to: asOf };
    let counted: Counted | undefined;
    for (window of earlier ? [earlier.window] : windowsOf(pipeline, window, version)) {
      counted = snapshot
        ? await countRows(ports, pipeline, snapshot, window, { version, learnt: columns, binningId: earlier?.binning })
        : await countServed(ports, pipeline, window, champion, earlier?.binning);
      if (!counted) return null;
      // Where nothing came at all, older rows tell nothing of now.
      if (counted.current.rows >= pipeline.drift.minRows || counted.current.rows === 0) break;
    }
    if (!counted) return null;

    // A column that the champion never saw, or as another type, has no reference.
    const shared = Object.entries(pipeline.columns).filter(
      ([name]) => Object.hasOwn(columns, name) && unreadOf([name], columns, pipeline.columns).length === 0,
    );
    const watched: Pipeline = { ...pipeline, columns: Object.fromEntries(shared) };
    const { binning } = counted;
    const newest = snapshot ?? (await snapshots.latest(pipeline.name, asOf));
    const of = { pipeline: watched, binning, window, newest, previous, earlier };
    const { like, used, ...rows } = await chooseReference(ports, names, version, of);
    const compared: Compared = {
      pipeline: pipeline.name,
      version,
      features: names,
      window,
      snapshot,
      binning,
      ...rows,
      current: counted.current,
    };
    return { champion, window, like, used, watched, reference: rows.reference, compared, ...counted };
  }

  return withFailures({
    /**
     * Adds up the window's counts and compares them with the reference. Stored once per time. 'stale': the
     * check needs the source's newest rows, which are not extracted yet.
     */
    async checkDrift({ pipeline: ref, asOf }: { pipeline: PipelineRef; asOf: Instant }) {
      // A verdict of the future would stay the newest until then, and drift would request nothing.
      refuseAhead(await sharedClock.read(), asOf, CLOCKS_DIFFER_MS);
      const pipeline = await pipelines.declaration(ref);
      const previous = await verdicts.previous(pipeline.name, asOf);
      const profiles = await unlessCancelled(profilesFor(ref, pipeline, asOf, { previous }));
      if (!profiles || profiles === 'stale') return profiles;
      const { champion, binning, reference, current, currentScore, promised, watched, window, like, used, compared } =
        profiles;
      const { unscored } = profiles;
      const rate = rateOf(pipeline.drift);
      const { told: byAlarm, alike } = await unlessCancelled(raiseAlarm(ports, watched, compared, rate));
      const judged = judge({
        // An alarm tells with few rows, too; then distances of as many only say how far columns went.
        pipeline: byAlarm.alarm && current.rows > 0 ? { ...watched, drift: { ...watched.drift, minRows: 1 } } : watched,
        binning,
        reference,
        current,
        ...(reference.columns[SCORE] && { referenceScore: reference.columns[SCORE] }),
        ...(currentScore && { currentScore }),
        alike,
      });
      const known = farthestBefore(previous, { version: champion, reference: used });
      const told = withWarned(byAlarm, { asOf, ...judged }, known, pipeline.drift);
      const level = levelOf(told, judged, pipeline.drift);
      const [last] = await verdicts.list(pipeline.name, 1);
      const isBackfill = last !== undefined && last.asOf > asOf;
      const unwatched = unwatchedBy({ asOf, abstained: judged.abstained, ...told }, isBackfill ? null : (last ?? null));
      const explained = await unlessCancelled(
        explainVerdict(ports, compared, judged.columns, { asOf, previous, ...told }),
      );
      const { version } = compared;
      const served =
        judged.abstained === null
          ? await unlessCancelled(
              estimateServed(ports, pipeline, {
                version,
                window,
                binning,
                current,
                currentScore,
                promised,
                ...(unscored && { unscored }),
              }),
            )
          : undefined;
      const estimated = withheldBy({ asOf, version: champion, ...(served && { estimated: served }) }, previous);
      await estimateDays(ports, pipeline, version, asOf);
      const estimatedSlices = await estimateSlices(ports, pipeline, version, {
        asOf,
        last: isBackfill ? previous : last,
        watched: compared.snapshot && { snapshot: compared.snapshot, window, unscored },
      });
      const newest = await snapshots.latest(pipeline.name, asOf);
      const due = newest && staleSince(pipeline, newest.asOf, asOf);
      const skew = await unlessCancelled(compareSkew(ports, pipeline, newest, previous));
      const toldAlerts = await alerts.list({ pipeline: pipeline.name, all: true, limit: REMEMBERED_ALERTS });
      const answers = toldBeside(toldAlerts, previous?.asOf ?? before(asOf, '1 hour'), asOf);
      const found: Verdict = {
        id: contentId({ pipeline: pipeline.name, asOf }),
        pipeline: pipeline.name,
        asOf,
        window,
        ...(like.hours.used && { hours: hoursOfDay(window) }),
        like,
        reference: used,
        version: champion,
        binning: binning.id,
        ...judged,
        level,
        ...told,
        ...(unwatched && { unwatched }),
        ...explained,
        since: level === 'stable' ? null : (sinceOf(previous, { version: champion, reference: used }) ?? asOf),
        ...(await livePerformance(ports, pipeline, { asOf, champion })),
        volume: await unlessCancelled(compareVolume(ports, pipeline, asOf, newest)),
        ...(skew && { skew }),
        ...(answers.length > 0 && { answers }),
        ...(newest && due && { stale: { asOf: newest.asOf, due } }),
        ...(estimated && { estimated }),
        ...(estimatedSlices && { estimatedSlices }),
        reportKey: null,
      };
      const comes = isBackfill ? {} : await whatComes(ports, found, previous, pipeline);
      const verdict = await verdicts.record(redactorOf(pipeline).verdict({ ...found, ...comes }));
      await tellOfDrift({ ...ports, pipeline }, verdict);
      await tellOfPerformance({ ...ports, pipeline }, verdict);
      await tellOfTroubles({ ...ports, pipeline }, verdict);
      return {
        id: verdict.id,
        level: verdict.level,
        version: verdict.version,
        share: verdict.share,
        abstained: verdict.abstained,
        drifted: raisedOrDrifted(verdict).map(columnTitle),
        ...(warnedColumns(verdict).length > 0 && { warned: warnedColumns(verdict) }),
        ...(verdict.alarm && { alarmed: true as const }),
        rows: verdict.rows.current,
        ...(verdict.unsure !== undefined && { unsure: verdict.unsure }),
        ...(verdict.concept?.decayed && { decayed: true as const }),
      };
    },

    /** Writes the verdict's report for people and the console. */
    async writeReport({ pipeline: ref, verdict: id }: { pipeline: PipelineRef; verdict: string }) {
      const pipeline = await pipelines.declaration(ref);
      const verdict = await verdicts.get(pipeline.name, id);
      const profiles = await unlessCancelled(
        profilesFor(ref, pipeline, verdict.asOf, { previous: null, earlier: verdict }),
      );
      if (!profiles || profiles === 'stale') return null;
      const { binning, reference, current, currentScore, watched, compared } = profiles;
      const names = verdict.columns.map(({ column }) => column);
      const grouping = groupingFor(compared, names);
      const hourly = names.length > 0 ? await unlessCancelled(countHours(ports, compared, grouping)) : {};
      const redact = redactorOf(pipeline);
      const html = await compute(threads, 'driftReport', {
        verdict: redact.verdict(verdict),
        pipeline: redactorOf(watched).pipeline(),
        binning: redact.binning(binning),
        reference: redact.profile(reference),
        current: redact.profile(current),
        ...(reference.columns[SCORE] && { referenceScore: redact.score(reference.columns[SCORE]) }),
        ...(currentScore && { currentScore: redact.score(currentScore) }),
        byDay: await readDays(ports, pipeline, verdict.asOf),
        training: await trainingAfter(ports, verdict, pipeline),
        byHour: { hourly, reference: grouping.of(reference) },
      });
      const reportKey = await putReport(store, pipeline.name, { verdict: id }, html);
      await verdicts.attachReport(id, reportKey);
      return reportKey;
    },

    /** Requests a new model when drift became severe, or still is after a training that did not help. */
    async askForRetraining({ pipeline: ref, verdict: id }: { pipeline: PipelineRef; verdict: string }) {
      const verdict = await verdicts.get(ref.name, id);
      const request = await requestOf(ports, verdict, await pipelines.declaration(ref));
      if (!request) return null;
      await ledger.recordRequest(request);
      await loop.ask(request);
      return request.id;
    },
  });
};
export type MonitoringActivities = ReturnType<typeof createMonitoringActivities>;

/** With a new champion the start of the drift resets, where its reference rows are others. */
const sinceOf = (previous: Verdict | null, now: Pick<Verdict, 'version' | 'reference'>): Instant | null =>
  previous && isSameDrift(previous, now) ? previous.since : null;
