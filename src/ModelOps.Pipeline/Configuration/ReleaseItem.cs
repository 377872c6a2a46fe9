using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Configuration;

/// <summary>The <c>GateAgainst</c> item: the last released package.</summary>
/// <param name="Folder">Where NuGet restores it, absolute.</param>
public sealed record ReleaseItem(string Id, string Version, string Folder)
{
    /// <summary>Null when the project names none.</summary>
    /// <exception cref="DiagnosticException">There are two, or the version is missing.</exception>
    public static ReleaseItem? Of(ProjectInputs inputs)
    {
        ProjectItem[] items = [.. inputs.OfType(Names.GateAgainst)];
        if (items.Length == 0)
        {
            return null;
        }

        var reader = new ItemReader(inputs, items[^1]);
        string version = reader.Required(Names.Version, "the exact version of the released package, such as 1.1.0");
        return items.Length > 1 || version.Any(c => "[](),*".Contains(c, StringComparison.Ordinal))
            ? throw reader.Invalid(Names.Version, items.Length > 1 ? "one GateAgainst item" : "one exact version")
            : new ReleaseItem(items[0].Include, version, FolderOf(items[0]));
    }

    /// <summary>The package's folder, as NuGet names it. Asked in every build, so nothing is checked.</summary>
    public static string FolderOf(ProjectItem item)
        => Path.Combine(item[Names.PackageRoot] ?? "", item.Include.ToLowerInvariant(), (item[Names.Version] ?? "").Trim().ToLowerInvariant());
}
