namespace ModelOps.Consume.EntryPoints;

/// <summary>An enumeration of labels, with their texts.</summary>
/// <param name="Type">Its name.</param>
/// <param name="Labels">Distinct texts.</param>
internal sealed record LabelEnum(string Type, string Summary, IReadOnlyList<string> Labels)
{
    public void Write(SourceText source)
    {
        (string Name, string Text)[] members = [.. Names.Of(Labels).Zip(Labels.Select(SourceText.Literal))];

        // From 1: the default value of a field that nobody set is no label.
        source.Line().Summary(Summary).Open($"public enum {Type}");
        for (int i = 0; i < members.Length; i++)
        {
            source.Line($"{members[i].Name} = {i + 1},");
        }

        source.Close().Line().Summary("The label as the model writes it.").Open($"public static string Text(this {Type} label) => label switch");
        foreach ((string name, string text) in members)
        {
            source.Line($"{Type}.{name} => {text},");
        }

        source.Line("_ => throw new global::System.ArgumentOutOfRangeException(nameof(label), label, \"no label of this model\"),").Close(";");
        source.Line().Summary("The label that an answer gives, false where it is none.").Open($"public static bool TryParse(string? answer, out {Type} label)");
        source.Open($"label = {(Labels.All(label => label == label.Trim()) ? "answer?.Trim()" : "answer")} switch");
        foreach ((string name, string text) in members)
        {
            source.Line($"{text} => {Type}.{name},");
        }

        source.Line("_ => default,").Close(";").Line("return label != default;").Close();
    }
}
