using System.Reflection;
using ModelOps.Core.Diagnostics;
using ModelOps.Core.Fingerprinting;
using ModelOps.Core.Packaging;
using ModelOps.Pipeline.Packaging;
using NuGet.Packaging;
using NuGet.Versioning;
using PackageIdentity = ModelOps.Core.Packaging.PackageIdentity;

namespace ModelOps.Pipeline.Importing;

/// <param name="Folder">A model in Hugging Face layout, as it was downloaded.</param>
/// <param name="License">SPDX expression; empty: what the model's card says, else its licence file.</param>
/// <param name="OutputFolder">Where the package goes.</param>
public sealed record ImportRequest(string Folder, string Id, string Version, string License, string OutputFolder)
{
    /// <summary>Bytes of payload that one package may hold; weights beyond go into fragment packages.</summary>
    public long SizeLimit { get; init; } = PackageSizeLimit.Default;
}

/// <param name="Packages">Every <c>.nupkg</c> that the model became.</param>
/// <param name="License">As the package states it.</param>
/// <param name="Digest">The model's identity, by which adapters name it.</param>
public sealed record ImportResult(PackageIdentity Package, IReadOnlyList<string> Packages, string License, string Digest);

/// <summary>Makes a base model's package of a downloaded model: equal files give equal bytes.</summary>
public static class HuggingFaceImport
{
    /// <exception cref="DiagnosticException"><c>MOPS2001</c> to <c>MOPS2009</c>, <c>MOPS6125</c> to <c>MOPS6129</c>: the folder is no whole model, or says not enough.</exception>
    public static ImportResult Run(ImportRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        PackageIdentity identity = Identity(request);
        string folder = Path.GetFullPath(request.Folder), output = Path.GetFullPath(request.OutputFolder);
        var model = BaseModelIdentity.Compute(folder);
        WeightFiles.RequireWhole(folder, model);
        cancellation.ThrowIfCancellationRequested();
        string license = ModelLicense.Of(folder, request.License);
        var content = new BaseModelContent(folder, model, license, OwnVersion) { SizeLimit = request.SizeLimit, Description = $"Base model, {model.Digest}: what adapters are trained on and run with." };
        string work = Directory.CreateTempSubdirectory("modelops-").FullName;
        try
        {
            string laidOut = Path.Combine(work, BaseModelPackage.ContentFolder);
            BaseModelPackage.LayOut(content, identity, laidOut);
            if (PackageVersion.Taken(output, identity, laidOut) is { } taken)
            {
                throw ImportErrors.VersionTaken(identity.Version, taken);
            }

            cancellation.ThrowIfCancellationRequested();
            IReadOnlyList<string> packages = BaseModelPackage.Pack(content, identity, work, output, folder);
            return new ImportResult(identity, packages, license.Length > 0 ? license : $"model/{BaseModelPackage.LicenseFile}", model.Digest.ToString());
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static PackageIdentity Identity(ImportRequest request)
        => !PackageIdValidator.IsValidPackageId(request.Id) ? throw ImportErrors.BadIdentity("--id", request.Id, "a NuGet package id such as BaseModel.SmolLM2-135M")
            : NuGetVersion.TryParse(request.Version, out NuGetVersion? version) ? new PackageIdentity(request.Id, version.ToNormalizedString())
            : throw ImportErrors.BadIdentity("--version", request.Version, "a version such as 1.0.0");

    /// <summary>Of this product, and so of the <c>ModelOps.Consume</c> that belongs to it.</summary>
    private static string OwnVersion
        => typeof(HuggingFaceImport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
