using Microsoft.Build.Framework;
using ModelOps.Core.Packaging;

namespace ModelOps.Consume;

/// <summary>Makes the files of packages whole that were restored in parts.</summary>
[MSBuildMultiThreadableTask]
public sealed class JoinFragments : ConsumeTask
{
    protected override void ExecuteCore()
    {
        foreach (RestoredPackage package in Restored.Where(p => !p.IsOwn && FragmentJoin.IsWanted(p.Root)))
        {
            var manifest = ModelManifest.Read(Path.Combine(package.Root, "model", ModelManifest.FileName));
            FragmentJoin.Run(package.Root, manifest, FragmentJoin.Beside(package.Root, manifest));
        }
    }
}
