"""What a process can be asked in figures. No label holds what readers say or who they are."""
