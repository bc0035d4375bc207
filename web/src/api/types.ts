import type { components } from './schema';

type Schemas = components['schemas'];

export type User = Schemas['User'];
export type UserEnvelope = Schemas['Me'];
export type Session = Schemas['SignedIn'];
export type Detail = Schemas['Detail'];
export type GenreList = Schemas['Genres'];
export type GenreWithCount = GenreList['genres'][number];
export type Video = Omit<Schemas['Video'], 'uploaded_by'> & {
  uploaded_by: Schemas['Video']['uploaded_by'] | null;
};
export type VideoState = Video['status'];
export type VideoPage = Schemas['VideoPage'];
export type VideoStatus = Schemas['VideoStatus'];
export type Playback = Schemas['Playback'];
export type UploadReceipt = Schemas['Uploaded'];
export type Problem = Schemas['Problem'];
export type FieldProblem = NonNullable<Problem['errors']>[number];

export interface SecondFactor {
  enabled: boolean;
  confirmed_at: string | null;
  recovery_codes_left: number;
  passkeys: number;
  required: boolean;
}
export interface TotpSetup {
  secret: string;
  otpauth_url: string;
  qr_svg: string;
}
export interface RecoveryCodes {
  recovery_codes: string[];
}
export interface Passkey {
  id: string;
  name: string;
  is_synced: boolean;
  created_at: string;
  last_used_at: string | null;
}
export interface PasskeyList {
  passkeys: Passkey[];
}
export interface OpenSession {
  id: string;
  device: string;
  address: string;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  current: boolean;
}
export interface OpenSessionList {
  sessions: OpenSession[];
}
