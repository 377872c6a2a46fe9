namespace TinyBase.Training;

/// <summary>Every number that decides the model.</summary>
internal static class Recipe
{
    public const ulong Seed = 20261120;

    /// <summary>Documents in the training corpus.</summary>
    public const int Documents = 100_000;
}
