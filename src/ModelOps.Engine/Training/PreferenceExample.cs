namespace ModelOps.Engine.Training;

/// <summary>
/// A preference: two continuations of one prompt. In each the answer's tokens are scored, the end of its turn included, and nothing of
/// the prompt.
/// </summary>
public sealed record PreferenceExample(TrainingExample Chosen, TrainingExample Rejected);
