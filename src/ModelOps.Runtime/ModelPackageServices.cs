using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection.Extensions;
using ModelOps.Core.Diagnostics;
using ModelOps.Runtime;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Model packages as services.</summary>
public static class ModelPackageServices
{
    /// <summary>
    /// Makes the model of a package the application's <see cref="IChatClient"/>, and the one under the key <paramref name="packageId"/>. With several
    /// packages the first one is the default; those on one base model share it. The model is opened when it is first asked for.
    /// </summary>
    /// <param name="packageId">Such as <c>Contoso.TicketTriage</c>: its model lies in <c>models/&lt;id&gt;</c> beside the app. A further version, which a
    /// <c>PackageDownload</c> puts beside it, is <c>Contoso.TicketTriage@1.1.0</c>.</param>
    /// <param name="configure">Options of the container's one <see cref="ModelHost"/>, which all packages share; several calls add up.</param>
    [RequiresUnreferencedCode(ModelHost.Trimming), RequiresDynamicCode(ModelHost.Trimming)]
    public static IServiceCollection AddModelPackage(this IServiceCollection services, string packageId, Action<ModelRuntimeOptions>? configure = null)
    {
        services.AddKeyedModelPackage(packageId, packageId, configure);
        services.TryAddSingleton(provider => provider.GetRequiredKeyedService<IChatClient>(packageId));
        return services;
    }

    /// <summary>Makes the model of a package the <see cref="IChatClient"/> under a key.</summary>
    /// <inheritdoc cref="AddModelPackage"/>
    [RequiresUnreferencedCode(ModelHost.Trimming), RequiresDynamicCode(ModelHost.Trimming)]
    public static IServiceCollection AddKeyedModelPackage(this IServiceCollection services, object key, string packageId, Action<ModelRuntimeOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentException.ThrowIfNullOrWhiteSpace(packageId);
        configure?.Invoke(OptionsOf(services));
        services.TryAddSingleton(provider => new ModelHost(provider.GetService<ModelRuntimeOptions>()));
        services.AddKeyedSingleton<IChatClient>(key, (provider, _) => Open(provider, packageId));
        return services;
    }

    private static ModelChatClient Open(IServiceProvider provider, string packageId)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "models", packageId);
        return Directory.Exists(folder)
            ? provider.GetRequiredService<ModelHost>().OpenChatClient(folder)
            : throw new DiagnosticException(RuntimeErrors.NotBesideApp(packageId, folder));
    }

    private static ModelRuntimeOptions OptionsOf(IServiceCollection services)
    {
        if (services.FirstOrDefault(service => service.ServiceType == typeof(ModelRuntimeOptions))?.ImplementationInstance is ModelRuntimeOptions known)
        {
            return known;
        }

        var options = new ModelRuntimeOptions();
        services.AddSingleton(options);
        return options;
    }
}
