"""Write: forms, prompts, the engine, model versions."""
