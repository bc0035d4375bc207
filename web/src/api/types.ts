import type { components } from './schema';

type Schemas = components['schemas'];

export type User = Schemas['User'];
export type UserEnvelope = Schemas['Me'];
export type Session = Schemas['SignedIn'];
export type Detail = Schemas['Detail'];
export type GenreList = Schemas['Genres'];
export type GenreWithCount = GenreList['genres'][number];
export type Video = Schemas['Video'];
export type VideoState = Video['status'];
export type VideoPage = Schemas['VideoPage'];
export type VideoStatus = Schemas['VideoStatus'];
export type Playback = Schemas['Playback'];
export type PlaybackEvents = Schemas['PlaybackEvents'];
export type OpenUploadList = Schemas['OpenUploads'];
export type OpenUpload = OpenUploadList['uploads'][number];
export type Problem = Schemas['Problem'];
export type FieldProblem = NonNullable<Problem['errors']>[number];
export type SecondFactor = Schemas['SecondFactor'];
export type TotpSetup = Schemas['TotpSetup'];
export type RecoveryCodes = Schemas['RecoveryCodes'];
export type PasskeyList = Schemas['Passkeys'];
export type Passkey = PasskeyList['passkeys'][number];
export type OpenSessionList = Schemas['Sessions'];
export type OpenSession = OpenSessionList['sessions'][number];
