import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UserArrivals } from './arrivals.service.js';
import { UserDepartures } from './departures.service.js';
import { User } from './user.entity.js';
import { UsersService } from './users.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([User])],
  providers: [UserArrivals, UserDepartures, UsersService],
  exports: [UserArrivals, UserDepartures, UsersService],
})
export class UsersModule {}
