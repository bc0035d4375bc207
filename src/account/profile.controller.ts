import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { MeSchema } from '../auth/sign-in/sign-in.dto.js';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { Operation } from '../common/operation.js';
import { toUserDto } from '../users/user.dto.js';
import { ProfileChangesSchema, type ProfileChanges } from './profile.dto.js';
import { ProfileService } from './profile.service.js';

@ApiTags('Profile')
@Controller('users/me')
export class ProfileController {
  constructor(private readonly profile: ProfileService) {}

  @Get()
  @Operation({
    summary: 'My profile',
    access: 'session',
    returns: MeSchema,
    validates: false,
  })
  async get(@CurrentViewer() { id }: Viewer) {
    return { user: toUserDto(await this.profile.get(id)) };
  }

  @Patch()
  @Operation({
    summary: 'Change my name, username or language',
    access: 'member',
    returns: MeSchema,
    errors: ['user.exists', 'auth.csrf'],
  })
  async change(
    @Body({ schema: ProfileChangesSchema }) changes: ProfileChanges,
    @CurrentViewer() { id }: Viewer,
  ) {
    return { user: toUserDto(await this.profile.change(id, changes)) };
  }
}
