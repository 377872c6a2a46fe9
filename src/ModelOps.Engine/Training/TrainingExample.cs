namespace ModelOps.Engine.Training;

/// <summary>
/// One row. <paramref name="Scored"/>[i] says that token i is a target: predicted from the tokens before it, it counts in the loss. The
/// first token has nothing before it and never counts.
/// </summary>
public sealed record TrainingExample(int[] Tokens, bool[] Scored)
{
    /// <summary>Every token but the first is a target, as in pre-training.</summary>
    public static TrainingExample AllScored(int[] tokens)
    {
        var scored = new bool[tokens.Length];
        Array.Fill(scored, true);
        return new TrainingExample(tokens, scored);
    }
}
