"""The wheels' door, `/wheels` and `/client/wheels`: players' own clients spin here, each for one player."""
