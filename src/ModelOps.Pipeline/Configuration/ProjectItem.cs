namespace ModelOps.Pipeline.Configuration;

/// <summary>An item of the project, with the metadata that its author gave it.</summary>
/// <param name="Type">The item's name, for example <c>TrainingData</c>.</param>
/// <param name="Include">As evaluated: a metric for <c>EvalGate</c>, else a path.</param>
/// <param name="FullPath">Absolute path; meaningless for <c>EvalGate</c>.</param>
public sealed record ProjectItem(string Type, string Include, string FullPath, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Anything but <c>false</c> seals: a slip of the pen must not open what was meant to be sealed.</summary>
    public bool IsSealed => this[Names.Sealed] is { } value && !value.Trim().Equals("false", StringComparison.OrdinalIgnoreCase);

    public string? this[string name] => Metadata.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;
}
