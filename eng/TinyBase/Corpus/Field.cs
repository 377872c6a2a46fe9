namespace TinyBase.Corpus;

/// <summary>One answer that is asked for: under a key, from a list of options or, without one, in the words of the text.</summary>
internal sealed record Field(string Key, IReadOnlyList<string> Options, IReadOnlyList<IReadOnlyList<string>> Glosses, Func<Passage, string?> Answer);

/// <summary>A way of asking: its fields, and how to write passages for which the answers are known.</summary>
internal sealed record Schema(IReadOnlyList<Field> Fields, Func<Rng, Passage> Write)
{
    public IReadOnlyList<string>[] LabelSets => Fields.Where(f => f.Options.Count > 0).Select(f => f.Options).ToArray();
}
