import type { SeenArm } from '../../core/rollout/progress.ts';
import { versionName } from '../../core/base/ids.ts';
import { stepName } from '../../core/rollout/steps/step-words.ts';
import { list } from '../../pages/format.ts';
import { html, type Html } from '../../pages/html.ts';

type Arm = Pick<SeenArm, 'version' | 'share'>;

/** Who answers how much, champion first; a shadow is a thin stripe below, since it answers nothing. */
export function sharesBar([champion, challenger]: readonly [Arm, Arm]): Html {
  const isShadow = challenger.share === 'shadow';
  const its = isShadow ? 100 : Number(challenger.share) * 100;
  const said = [champion, challenger].map(
    ({ version, share }) => `${versionName(version)} ${share === 'shadow' ? 'as a shadow' : stepName({ share })}`,
  );
  return html`<svg
      class="shares"
      viewBox="0 0 100 20"
      preserveAspectRatio="none"
      role="img"
      aria-label="Shares of the requests: ${list(said)}"
    >
      <rect class="share-champion" x="0" y="0" width="100" height="20" />
      <rect
        class="share-challenger"
        x="${100 - its}"
        y="${isShadow ? 15 : 0}"
        width="${its}"
        height="${isShadow ? 5 : 20}"
      />
    </svg>
    <ul class="key">
      <li><i class="share-champion"></i>${said[0]!}, the champion</li>
      <li>
        <i class="share-challenger"></i>${said[1]!}${isShadow ? ': it scores every request, and answers none' : ''}
      </li>
    </ul>`;
}
