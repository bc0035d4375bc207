import { ToolFailure } from '../media-tools/tool-failure.js';
import { MediaFault } from '../media/media-fault.js';
import type { EncodingPlan } from '../media/encoding-plan.js';

/** What a plan is made of. */
export interface PlanLimits {
  /** Whether the source's own bitstream may be its top rung. */
  remux: boolean;
  /** Whether other encoders than x264 may be used. */
  anyEncoder: boolean;
}

/**
 * What to do without after a plan has failed, where that may have been to blame: the source's bitstream for
 * a fault of the source, other encoders than x264 for whatever the tools or the packager did not like.
 * Undefined when a plan that takes no chances has failed, or something else than these is at fault.
 */
export function limitsAfter(plan: EncodingPlan, error: unknown): PlanLimits | undefined {
  const remux = plan.runs.some(({ bitstream }) => bitstream);
  const anyEncoder = plan.runs.some(({ video }) => video.some(({ encoder }) => encoder !== 'x264'));
  if (remux && error instanceof MediaFault) return { remux: false, anyEncoder };
  const isOfMedia =
    error instanceof MediaFault || error instanceof ToolFailure || error instanceof RangeError;
  return anyEncoder && isOfMedia ? { remux, anyEncoder: false } : undefined;
}
