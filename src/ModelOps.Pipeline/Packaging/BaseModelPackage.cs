using System.Globalization;
using System.Xml.Linq;
using ModelOps.Core.Artifacts;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using NuGet.Common;
using NuGet.Packaging;
using NuGet.Packaging.Core;
using NuGet.Packaging.Licenses;
using PackageIdentity = ModelOps.Core.Packaging.PackageIdentity;

namespace ModelOps.Pipeline.Packaging;

/// <summary>What a base model's package is made of.</summary>
/// <param name="Folder">A Hugging Face folder.</param>
/// <param name="Model">What the folder holds; of its weight files only those that are part of this are packed.</param>
/// <param name="License">SPDX expression; empty: the folder's own licence file.</param>
internal sealed record BaseModelContent(string Folder, BaseModelIdentity Model, string License, string ConsumeVersion)
{
    private static readonly string[] s_licenseFiles = ["LICENSE", "LICENSE.txt", "LICENSE.md"];

    /// <summary>Bytes of payload that one package may hold.</summary>
    public long SizeLimit { get; init; } = long.MaxValue;

    public string Description { get; init; } = "Base model that adapters depend on by exact version; its version follows its content.";

    /// <summary>The licence that the model came with; null where the folder has none.</summary>
    public static string? LicenseFileOf(string folder) => s_licenseFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}

/// <summary>Packs a base model folder, so that an adapter's package can depend on exactly the base it was trained on.</summary>
/// <remarks>The version follows the content: <c>1.0.N</c> with N from the identity digest. Another base is another version, the same base is the same
/// package whoever packs it, and an adapter's exact dependency is an exact digest.</remarks>
internal static class BaseModelPackage
{
    /// <summary>One fixed time for every entry makes the bytes depend on content alone.</summary>
    public const string Timestamp = "2020-01-01T00:00:00Z";

    public const string LicenseFile = "LICENSE";

    public const string ContentFolder = "base";

    private static readonly string[] s_payload =
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
        "model.safetensors.index.json", "README.md",
    ];

    public static string VersionOf(Digest identity)
    {
        // 31 bits: NuGet's version parts are signed 32-bit integers.
        int number = int.Parse(identity.Hex.AsSpan(0, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & int.MaxValue;
        return $"1.0.{number}";
    }

    /// <summary>Writes <c>&lt;id&gt;.&lt;version&gt;.nupkg</c> and its fragments into <c>OutputFolder</c>, unless the same bytes are there already.</summary>
    /// <returns>The package, then its fragments.</returns>
    /// <exception cref="DiagnosticException"><c>MOPS6004</c>: nothing says under which licence; <c>MOPS6006</c>: NuGet refuses it.</exception>
    public static IReadOnlyList<string> Write(BaseModelContent model, PackageIdentity identity, string workFolder, string outputFolder, string project)
    {
        if (!PackageIdValidator.IsValidPackageId(identity.Id))
        {
            throw PackageErrors.BasePackage(project, identity.Id, "it is no package id.");
        }

        if (model.License.Length == 0 && BaseModelContent.LicenseFileOf(model.Folder) is null)
        {
            throw PackageErrors.NoBaseLicense(project, model.Folder);
        }

        LayOut(model, identity, Path.Combine(workFolder, ContentFolder));
        return Pack(model, identity, workFolder, outputFolder, project);
    }

    /// <summary>Packs what <see cref="LayOut"/> put into <see cref="ContentFolder"/> below <paramref name="workFolder"/>.</summary>
    public static IReadOnlyList<string> Pack(BaseModelContent model, PackageIdentity identity, string workFolder, string outputFolder, string project)
    {
        string content = Path.Combine(workFolder, ContentFolder), nuspec = Path.Combine(workFolder, "base.nuspec");
        IReadOnlyList<PackageFragment>? fragments = ModelManifest.Read(Path.Combine(content, "model", ModelManifest.FileName)).Fragments;
        WriteNuspec(nuspec, identity, model, File.Exists(Path.Combine(content, "model", "README.md")), fragments);
        try
        {
            return [Build(nuspec, content, identity, outputFolder), .. FragmentPackages.Write(identity, fragments, content, model.License, "ModelOps", outputFolder)];
        }
        catch (Exception e) when (e is PackagingException or NuGetLicenseExpressionParsingException or InvalidDataException or FormatException)
        {
            throw PackageErrors.BasePackage(project, identity.Id, e.Message, e);
        }
    }

    /// <summary>Replaces <paramref name="content"/> by what the package holds.</summary>
    public static void LayOut(BaseModelContent model, PackageIdentity identity, string content)
    {
        if (Directory.Exists(content))
        {
            Directory.Delete(content, recursive: true);
        }

        CopyPayload(model, Path.Combine(content, "model"));
        IReadOnlyList<PackagedFile> files = PackagedFile.Describe(content);
        IReadOnlyList<PackageFragment>? fragments = FragmentPlan.Of(identity.Id, content, files, model.SizeLimit);
        bool hasLicense = File.Exists(Path.Combine(content, "model", LicenseFile));
        var manifest = new ModelManifest
        {
            Id = identity.Id,
            Version = identity.Version,
            Kind = ModelManifest.BaseKind,
            BaseDigest = model.Model.Digest.ToString(),
            License = model.License.Length > 0 ? model.License : hasLicense ? $"model/{LicenseFile}" : null,
            Files = files,
            Fragments = fragments,
        };
        File.WriteAllBytes(Path.Combine(content, "model", ModelManifest.FileName), manifest.ToBytes());
        ConsumeFiles.Write(content, identity.Id, identity.Version, ModelManifest.BaseKind, fragments);
        WritePlaceholder(content);
    }

    /// <summary>NuGet wants to see that a package supports a framework: an empty <c>lib/net8.0/_._</c>.</summary>
    public static void WritePlaceholder(string content)
    {
        string lib = Path.Combine(content, "lib", "net8.0");
        Directory.CreateDirectory(lib);
        File.WriteAllBytes(Path.Combine(lib, "_._"), []);
    }

    private static void CopyPayload(BaseModelContent model, string target)
    {
        Directory.CreateDirectory(target);
        IEnumerable<string> weights = model.Model.Files.Where(file => file.EndsWith(".safetensors", StringComparison.Ordinal));
        foreach (string file in s_payload.Select(name => Path.Combine(model.Folder, name)).Where(File.Exists).Concat(weights))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        if (BaseModelContent.LicenseFileOf(model.Folder) is { } license)
        {
            File.Copy(license, Path.Combine(target, LicenseFile));
        }
    }

    private static void WriteNuspec(string path, PackageIdentity identity, BaseModelContent model, bool readme, IReadOnlyList<PackageFragment>? fragments)
    {
        XNamespace ns = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd";
        (string type, string license) = model.License.Length > 0 ? ("expression", model.License) : ("file", $"model/{LicenseFile}");
        var metadata = new XElement(ns + "metadata",
            new XElement(ns + "id", identity.Id),
            new XElement(ns + "version", identity.Version),
            new XElement(ns + "authors", "ModelOps"),
            new XElement(ns + "license", new XAttribute("type", type), license),
            new XElement(ns + "description", model.Description),
            readme ? new XElement(ns + "readme", "model/README.md") : null,
            new XElement(ns + "dependencies",
                new XElement(ns + "group", new XAttribute("targetFramework", "net8.0"),
                    new XElement(ns + "dependency", new XAttribute("id", "ModelOps.Consume"), new XAttribute("version", model.ConsumeVersion), new XAttribute("include", "All")),
                    FragmentPlan.PackagesOf(fragments).Select(id => new XElement(ns + "dependency", new XAttribute("id", id), new XAttribute("version", $"[{identity.Version}]"), new XAttribute("include", "All"))))));
        string inParts = string.Join(';', FragmentPlan.FilesOf(fragments).Select(name => $"model/{name}"));
        var files = new XElement(ns + "files", new XElement(ns + "file", new XAttribute("src", "**"), inParts.Length > 0 ? new XAttribute("exclude", inParts) : null, new XAttribute("target", "")));
        new XDocument(new XElement(ns + "package", metadata, files)).Save(path);
    }

    private static string Build(string nuspec, string content, PackageIdentity identity, string outputFolder)
    {
        string target = Path.Combine(outputFolder, $"{identity.Id}.{identity.Version}.nupkg");
        var builder = new PackageBuilder(nuspec, content, propertyProvider: null, includeEmptyDirectories: false, deterministic: true, NullLogger.Instance)
        {
            DeterministicTimestamp = Timestamp,
        };

        // Rewriting equal bytes would make restore look at the package again; adapters on one base, built side by side, write the same file.
        AtomicFile.WriteIfDifferent(target, builder.Save);
        return target;
    }
}
