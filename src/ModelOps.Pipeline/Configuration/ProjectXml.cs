using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using ModelOps.Core.Diagnostics;

namespace ModelOps.Pipeline.Configuration;

/// <summary>The text of a project and of the files that it imports by a path of its own, for names and places; MSBuild has evaluated it already.</summary>
public sealed partial class ProjectXml
{
    private static readonly string[] s_itemAttributes =
        ["Include", "Exclude", "Remove", "Update", "Condition", "Label", "KeepDuplicates", "KeepMetadata", "RemoveMetadata", "MatchOnMetadata", "MatchOnMetadataOptions"];

    private readonly string _projectFile;
    private readonly List<(string File, XElement Root)> _files = [];

    private ProjectXml(string projectFile) => _projectFile = projectFile;

    /// <summary>Reads <see cref="ProjectInputs.ProjectFiles"/>, those that exist, and their imports.</summary>
    public static ProjectXml Load(ProjectInputs inputs)
    {
        var xml = new ProjectXml(inputs.ProjectFile);
        foreach (string file in inputs.ProjectFiles.Prepend(inputs.ProjectFile))
        {
            xml.Add(file);
        }

        return xml;
    }

    /// <summary>Elements that set a property, the project's own file first.</summary>
    public IEnumerable<(string Name, SourceLocation At)> Properties
        => from file in _files
           from element in file.Root.Descendants()
           where element.Parent!.Name.LocalName == "PropertyGroup"
           select (element.Name.LocalName, At(file.File, element));

    /// <summary>Elements that name an item.</summary>
    public IEnumerable<(string Name, SourceLocation At)> Items => from item in ItemElements() select (item.Element.Name.LocalName, At(item.File, item.Element));

    /// <summary>Metadata written on items of a type.</summary>
    public IEnumerable<(string Name, SourceLocation At)> Metadata(string type)
        => from item in ItemElements()
           where item.Element.Name.LocalName.Equals(type, StringComparison.OrdinalIgnoreCase)
           from node in item.Element.Attributes().Where(a => !s_itemAttributes.Contains(a.Name.LocalName)).Select(a => (a.Name.LocalName, Node: (XObject)a))
               .Concat(item.Element.Elements().Select(e => (e.Name.LocalName, Node: (XObject)e)))
           select (node.LocalName, At(item.File, node.Node));

    /// <summary>Where a property was set last in the project's own file, else in one of its imports, else the project file as a whole.</summary>
    public SourceLocation PropertyLocation(string name)
    {
        var places = Properties.Where(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(property => property.At).ToList();
        return places.LastOrDefault(at => at.File == _projectFile) is { File: not null } own ? own : places.FirstOrDefault() is { File: not null } first ? first : new(_projectFile);
    }

    /// <summary>Where an item was written, or, when <paramref name="metadata"/> is given, that metadata of it.</summary>
    public SourceLocation ItemLocation(string type, string include, string? metadata = null)
    {
        foreach (bool exact in new[] { true, false })
        {
            foreach ((string file, XElement element) in ItemElements())
            {
                if (element.Name.LocalName.Equals(type, StringComparison.OrdinalIgnoreCase) && (!exact || Names(element, include)) && Find(element, metadata) is { } found)
                {
                    return At(file, found);
                }
            }
        }

        return metadata is null ? new(_projectFile) : ItemLocation(type, include);
    }

    private static bool Names(XElement element, string include)
        => (element.Attribute("Include") ?? element.Attribute("Update"))?.Value.Split(';', StringSplitOptions.TrimEntries).Contains(include, StringComparer.OrdinalIgnoreCase) == true;

    private static XObject? Find(XElement element, string? metadata)
    {
        if (metadata is null)
        {
            return element.Attribute("Include") ?? (XObject)element;
        }

        return (XObject?)element.Attributes().FirstOrDefault(a => a.Name.LocalName.Equals(metadata, StringComparison.OrdinalIgnoreCase) && !s_itemAttributes.Contains(a.Name.LocalName))
            ?? element.Elements().FirstOrDefault(e => e.Name.LocalName.Equals(metadata, StringComparison.OrdinalIgnoreCase));
    }

    private IEnumerable<(string File, XElement Element)> ItemElements()
        => from file in _files
           from element in file.Root.Descendants()
           where element.Parent!.Name.LocalName == "ItemGroup"
           select (file.File, element);

    private static SourceLocation At(string file, XObject node)
        => node is IXmlLineInfo line && line.HasLineInfo() ? new(file, line.LineNumber, line.LinePosition) : new(file);

    private void Add(string path)
    {
        if (_files.Exists(file => file.File == path) || !File.Exists(path))
        {
            return;
        }

        XDocument document;
        try
        {
            document = XDocument.Load(path, LoadOptions.SetLineInfo);
        }
        catch (XmlException)
        {
            return; // MSBuild has read every file that the build uses: this one is not among them.
        }

        _files.Add((path, document.Root!));
        foreach (XElement import in document.Root!.Descendants().Where(e => e.Name.LocalName == "Import" && e.Attribute("Sdk") is null))
        {
            if (import.Attribute("Project")?.Value is { } target && Resolve(target, path) is { } file)
            {
                Add(file);
            }
        }
    }

    /// <summary>The path of an import written with this file's or the project's folder; other imports (an SDK's, a package's) set nothing on a person's behalf.</summary>
    private string? Resolve(string import, string importer)
    {
        string folder = Path.GetDirectoryName(importer)!;
        if (FileAbove().Match(import) is { Success: true } above)
        {
            for (string? parent = Path.GetDirectoryName(folder); parent is not null; parent = Path.GetDirectoryName(parent))
            {
                if (Path.Combine(parent, above.Groups[1].Value) is var candidate && File.Exists(candidate))
                {
                    return candidate;
                }
            }

            return null;
        }

        string path = import.Replace("$(MSBuildThisFileDirectory)", folder + "/", StringComparison.OrdinalIgnoreCase)
            .Replace("$(MSBuildProjectDirectory)", Path.GetDirectoryName(_projectFile), StringComparison.OrdinalIgnoreCase).Replace('\\', '/');
        return path.Contains("$(", StringComparison.Ordinal) || path.Contains('*', StringComparison.Ordinal) ? null : Path.GetFullPath(path, folder);
    }

    [GeneratedRegex(@"GetPathOfFileAbove\(\s*'?([^',)]+)'?", RegexOptions.CultureInvariant)]
    private static partial Regex FileAbove();
}
