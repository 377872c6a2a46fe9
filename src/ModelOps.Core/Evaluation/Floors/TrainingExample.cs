namespace ModelOps.Core.Evaluation.Floors;

/// <summary>A training row as a floor sees it.</summary>
/// <param name="Input">The last user message.</param>
public sealed record TrainingExample(string Input, string Answer);
