using System.Globalization;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Configuration;

/// <summary>Typed metadata of one item; every bad one is an error with its place.</summary>
public sealed class ItemReader(ProjectInputs inputs, ProjectItem item)
{
    public ProjectItem Item => item;

    public string? Text(string name) => item[name]?.Trim() is { Length: > 0 } text ? text : null;

    public string Required(string name, string expected) => Text(name) ?? throw Invalid(name, expected);

    /// <summary>Null where it is not given.</summary>
    public int? Count(string name, int least)
        => Text(name) is not { } text ? null
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count >= least ? count
            : throw Invalid(name, $"a whole number, {least} or more");

    /// <summary>Null where it is not given.</summary>
    public double? Amount(string name)
        => Text(name) is not { } text ? null
            : double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double amount) && double.IsFinite(amount) ? amount
            : throw Invalid(name, "a number, 0 or more, such as 0.15");

    /// <summary>An absolute path; null where it is not given.</summary>
    public string? FullPath(string name) => Text(name) is { } path ? Path.GetFullPath(path, inputs.ProjectDirectory) : null;

    /// <summary>Where the metadata is written; the item where it is not given.</summary>
    public SourceLocation At(string? name = null) => ProjectXml.Load(inputs).ItemLocation(item.Type, item.Include, name);

    public DiagnosticException Invalid(string name, string expected)
        => new(ConfigurationErrors.InvalidItem(item.Type, item.Include, name, Text(name), expected, At(name)));
}
