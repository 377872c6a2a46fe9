using ModelOps.Core.Artifacts;

namespace ModelOps.Core.Evaluation.Metrics;

/// <summary>The argument of a metric by an assembly: its path as the project writes it, the type, and the content of every assembly beside it.</summary>
public static class AssemblyArgument
{
    private const string TypeMark = "\n# type ";
    private const string ContentMark = "\n# content ";

    /// <param name="path">As written, relative to the project.</param>
    /// <param name="type">Full name; null: the only one.</param>
    /// <param name="content">Digests of the assembly and of those beside it, which it may load.</param>
    public static string Of(string path, string? type, IEnumerable<Digest> content)
        => path + (type is null ? "" : TypeMark + type) + string.Concat(content.Select(d => ContentMark + d));

    public static (string Path, string? Type) Parts(MetricSpec spec)
    {
        string[] parts = spec.Argument!.Split(ContentMark)[0].Split(TypeMark);
        return (parts[0], parts.Length > 1 ? parts[1] : null);
    }
}
