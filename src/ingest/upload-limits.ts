/** How much may be uploaded. */
export class UploadLimits {
  constructor(
    /** Of one file. */
    readonly maxBytes: number,
    /** Of all that one user has; no limit when absent. */
    readonly quotaBytes?: number | undefined,
  ) {}
}
