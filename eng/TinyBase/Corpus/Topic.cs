namespace TinyBase.Corpus;

/// <summary>One everyday matter: what it is called, what belongs to it, what people do with it and what goes wrong or well.</summary>
internal sealed record Topic
{
    public required int Index { get; init; }
    public required string Domain { get; init; }
    public required IReadOnlyList<string> Names { get; init; }
    public required string Meaning { get; init; }
    public required IReadOnlyList<string> Things { get; init; }
    public required IReadOnlyList<string> Deeds { get; init; }
    public required IReadOnlyList<string> Problems { get; init; }
    public required IReadOnlyList<string> Successes { get; init; }
    public required IReadOnlyList<string> People { get; init; }
    public required IReadOnlyList<string> Places { get; init; }

    /// <summary>Never an option in training, only in probes; plain text about it is in the corpus.</summary>
    public bool HeldOut => Index % 12 == 7;

    /// <summary>Names that training episodes may use as labels: one name of every third topic is kept for the probes.</summary>
    public IReadOnlyList<string> TrainingNames => KeepsName ? Names.Take(Names.Count - 1).ToList() : Names;

    public bool KeepsName => Index % 3 == 0 && Names.Count > 2;

    public string HeldOutName => Names[^1];
}
