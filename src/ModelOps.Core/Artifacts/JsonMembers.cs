namespace ModelOps.Core.Artifacts;

/// <summary>Reading our own files: a member that is not there or of another kind is a <see cref="FormatException"/> that names it.</summary>
public static class JsonMembers
{
    public static JsonItem Member(this JsonItem item, string name, JsonKind kind)
        => item.TryGet(name, out JsonItem value) && value.Kind == kind
            ? value
            : throw new FormatException($"'{name}' is missing or no {kind.ToString().ToLowerInvariant()}");

    public static string Text(this JsonItem item, string name) => item.Member(name, JsonKind.String).GetString();

    public static long Integer(this JsonItem item, string name)
        => item.Member(name, JsonKind.Number).TryGetInt64(out long value) ? value : throw new FormatException($"'{name}' is no integer");
}
